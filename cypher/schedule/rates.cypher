// rates: what building took lately, by jobs that did.
// mode: read
// params: limit INTEGER
// returns: result STRING
MATCH (j:Job {state: 'done'})
WHERE j.kind = 'build' AND j.result IS NOT NULL
RETURN j.result AS result
ORDER BY j.ended_at DESC LIMIT $limit
