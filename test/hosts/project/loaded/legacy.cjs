// @monitor
exports.twice = (value) => value * 2;
