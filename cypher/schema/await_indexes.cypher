// await_indexes: wait, at most $timeout seconds, until every index is online.
// mode: read
// params: timeout INTEGER
// returns:
CALL db.awaitIndexes($timeout)
