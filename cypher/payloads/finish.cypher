// finish: a queued piece of work is done, or what kept it from being done.
// mode: write
// params: job STRING, problem STRING?, now DATETIME
// returns: state STRING
// touches: nothing
MATCH (j:Job {id: $job})
SET j.problem = $problem, j.tried_at = $now, j.state = CASE WHEN $problem IS NULL THEN 'done' ELSE 'waiting' END
RETURN j.state AS state
