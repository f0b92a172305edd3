enum Answer {
  Yes = 'yes',
}

// @monitor
export default function lazy(fails: boolean): Answer {
  if (fails) throw new RangeError('lazy failed');
  return Answer.Yes;
}
