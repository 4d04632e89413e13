// prune: work that ended before some moment is forgotten; the log of its space keeps what it did.
// mode: write
// params: before DATETIME, limit INTEGER
// returns: pruned INTEGER
// touches: nothing
MATCH (j:Job)
WHERE j.state IN ['done', 'failed', 'cancelled'] AND j.given IS NOT NULL AND j.ended_at < $before
WITH j LIMIT $limit
DETACH DELETE j
RETURN count(*) AS pruned
