// end: what became of an attempt; `more` attempts it may have, where this one does not count. No row: it had lost the work, and what it says counts for nothing.
// mode: write
// params: job STRING, attempt INTEGER, state STRING, due_at DATETIME, problem STRING?, result STRING?, more INTEGER, now DATETIME
// returns: state STRING
// touches: nothing
//> include fragments/held_job
SET j.state = $state, j.due_at = $due_at, j.problem = $problem, j.result = $result, j.attempts = j.attempts + $more, j.owner = null,
    j.ended_at = CASE WHEN $state <> 'queued' THEN $now END
RETURN j.state AS state
