// hold: whether an attempt still has its work, which stays so until the transaction ends. No row: another has it, or nobody.
// mode: write
// params: job STRING, attempt INTEGER
// returns: id STRING
// touches: nothing
MATCH (j:Job {id: $job})
SET j.locked = true
WITH j
WHERE j.state = 'running' AND j.attempt = $attempt
RETURN j.id AS id
