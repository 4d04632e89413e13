// list: the work of a space that was queued for workers, newest first; of somebody, and one of it, if asked.
// mode: read
// params: space STRING, by STRING?, job STRING?, states LIST<STRING>, scheduled BOOLEAN, limit INTEGER
// returns: id STRING, kind STRING, space STRING, state STRING, given STRING, attempt INTEGER, attempts INTEGER, step INTEGER?, steps INTEGER?, problem STRING?, result STRING?, owner STRING?, why STRING?, created_by STRING, created_at DATETIME, due_at DATETIME, started_at DATETIME?, ended_at DATETIME?
MATCH (j:Job {space: $space})
WHERE j.given IS NOT NULL AND ($by IS NULL OR j.created_by = $by) AND (NOT $scheduled OR j.why IS NOT NULL) AND ($job IS NULL OR j.id = $job) AND (size($states) = 0 OR j.state IN $states)
RETURN j.id AS id, j.kind AS kind, j.space AS space, j.state AS state, j.given AS given, j.attempt AS attempt, j.attempts AS attempts,
       j.step AS step, j.steps AS steps, j.problem AS problem, j.result AS result, j.owner AS owner, j.why AS why, j.created_by AS created_by,
       j.created_at AS created_at, j.due_at AS due_at, j.started_at AS started_at, j.ended_at AS ended_at
ORDER BY created_at DESC, id LIMIT $limit
