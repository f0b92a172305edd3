/** Names of a run's files, as docs/journal-format.md has them. Pure. */

/**
 * Takes a name apart: the writer's, in it how often what is in the file was rolled up and the start in base 36; then the letter
 * of a level of time buckets, and the number.
 */
export const JOURNAL_NAME: RegExp =
  /^((?:r(\d{1,3})\.)?\d+-\d+\.([0-9a-z]{1,11})(?:-\d+)?)\.([a-z]?)(\d{1,15})\.tkap$/;
