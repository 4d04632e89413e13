// cancel: nobody is to do a piece of work any more; what an attempt under way has not committed yet, it never will.
// mode: write
// params: job STRING, space STRING, now DATETIME
// returns: cancelled BOOLEAN
// touches: nothing
MATCH (j:Job {id: $job, space: $space})
WHERE j.given IS NOT NULL
SET j.locked = true
WITH j, j.state IN ['queued', 'running'] AS cancelled
FOREACH (_ IN CASE WHEN cancelled THEN [1] ELSE [] END | SET j.state = 'cancelled', j.ended_at = $now, j.owner = null)
RETURN cancelled
