// renew: an attempt is alive: prolong its lease, and note how far it is. No row: it has lost the work.
// mode: write
// params: job STRING, attempt INTEGER, until DATETIME, step INTEGER?, steps INTEGER?
// returns: id STRING
// touches: nothing
//> include fragments/held_job
SET j.due_at = $until, j.step = coalesce($step, j.step), j.steps = coalesce($steps, j.steps)
RETURN j.id AS id
