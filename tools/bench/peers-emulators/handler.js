// By the names that each of them calls a function by.
exports.main = exports.handler = async () => ({ statusCode: 200 });
