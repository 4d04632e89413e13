// due: work that may be begun now, or whose worker has not been heard of in time; who has least of it running comes first.
// mode: read
// params: kinds LIST<STRING>, now DATETIME, limit INTEGER
// returns: id STRING
MATCH (j:Job)
WHERE j.state IN ['queued', 'running'] AND j.kind IN $kinds AND j.due_at <= $now
WITH j, COUNT { MATCH (other:Job {state: 'running'}) WHERE other.created_by = j.created_by AND other.due_at > $now RETURN other } AS running
RETURN j.id AS id
ORDER BY running, j.due_at, j.id LIMIT $limit
