// end_run: a run has ended, well or not; what it was given is kept only where it can be resumed.
// mode: write
// params: run STRING, state STRING, now DATETIME, error_code STRING?, error_message STRING?, error_step STRING?
// returns: state STRING
// touches: nothing
MATCH (r:Run {id: $run})
SET r.state = $state, r.ended_at = $now, r.error_code = $error_code, r.error_message = $error_message,
    r.error_step = $error_step, r.holder = NULL, r.held_until = NULL,
    r.sealed = CASE WHEN $state = 'done' THEN NULL ELSE r.sealed END
RETURN r.state AS state
