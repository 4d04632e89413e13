// held_job: job `j`, locked until the transaction ends, if this attempt still has it; no row: another has it, or nobody.
// params: job STRING, attempt INTEGER
// needs: nothing
// yields: j
MATCH (j:Job {id: $job})
// Takes the lock before it looks.
SET j.locked = true
WITH j
WHERE j.state = 'running' AND j.attempt = $attempt
