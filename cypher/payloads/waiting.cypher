// waiting: work that is queued and not done, oldest first.
// mode: read
// params: kind STRING, space STRING?
// returns: id STRING, space STRING, cube STRING, memory_type STRING, payload STRING?, files LIST<STRING>?, created_at DATETIME, created_by STRING, problem STRING?
MATCH (j:Job {state: 'waiting'})
WHERE j.kind = $kind AND ($space IS NULL OR j.space = $space)
RETURN j.id AS id, j.space AS space, j.cube AS cube, j.memory_type AS memory_type, j.payload AS payload, j.files AS files,
       j.created_at AS created_at, j.created_by AS created_by, j.problem AS problem
ORDER BY created_at, id
