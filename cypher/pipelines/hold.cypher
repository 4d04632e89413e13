// hold: a run is in the hands of one process, until a moment by which its next unit must have ended.
// mode: write
// params: run STRING, holder STRING, until DATETIME
// returns: run STRING
// touches: nothing
MATCH (r:Run {id: $run})
SET r.holder = $holder, r.held_until = $until, r.state = 'running', r.ended_at = NULL, r.error_code = NULL,
    r.error_message = NULL, r.error_step = NULL
RETURN r.id AS run
