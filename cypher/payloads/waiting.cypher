// waiting: work of these kinds that is queued and not done, oldest first, and at which place it is to be done; none: wherever somebody comes to it.
// mode: read
// params: kinds LIST<STRING>, space STRING?
// returns: id STRING, kind STRING, space STRING, cube STRING?, memory_type STRING?, payload STRING?, files LIST<STRING>?, holder STRING?, place STRING?, created_at DATETIME, created_by STRING, problem STRING?
MATCH (j:Job {state: 'waiting'})
WHERE j.kind IN $kinds AND ($space IS NULL OR j.space = $space)
OPTIONAL MATCH (h:Holder {id: j.holder})
RETURN j.id AS id, j.kind AS kind, j.space AS space, j.cube AS cube, j.memory_type AS memory_type, j.payload AS payload, j.files AS files,
       j.holder AS holder, coalesce(h.name, j.holder) AS place, j.created_at AS created_at, j.created_by AS created_by, j.problem AS problem
ORDER BY created_at, id
