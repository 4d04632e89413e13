// take: begin an attempt at a piece of work, if nobody came first; the attempt's number is its fencing token. What was begun too often is given up.
// mode: write
// params: job STRING, worker STRING, now DATETIME, until DATETIME
// returns: id STRING, kind STRING, space STRING, state STRING, given STRING, attempt INTEGER, attempts INTEGER, created_by STRING, created_at DATETIME, traceparent STRING
// touches: nothing
MATCH (j:Job {id: $job})
// Takes the lock before it looks: two that come at once see each other's work.
SET j.locked = true
WITH j
WHERE j.state IN ['queued', 'running'] AND j.due_at <= $now
WITH j, j.attempt >= j.attempts AS spent
SET j.state = CASE WHEN spent THEN 'failed' ELSE 'running' END,
    j.problem = CASE WHEN spent THEN coalesce(j.problem, 'Each worker that began it ended before it was done.') ELSE j.problem END,
    j.ended_at = CASE WHEN spent THEN $now END,
    j.attempt = CASE WHEN spent THEN j.attempt ELSE j.attempt + 1 END,
    j.owner = $worker, j.due_at = $until, j.started_at = $now, j.step = null, j.steps = null
RETURN j.id AS id, j.kind AS kind, j.space AS space, j.state AS state, j.given AS given, j.attempt AS attempt, j.attempts AS attempts,
       j.created_by AS created_by, j.created_at AS created_at, j.traceparent AS traceparent
