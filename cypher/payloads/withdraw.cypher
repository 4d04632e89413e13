// withdraw: KV-caches and adapters made from these memories go out of service; their payloads are queued to be erased, adapters to be distilled anew.
// mode: write
// params: cubes LIST<STRING>, now DATETIME
// returns: withdrawn STRING
// touches: withdrawn
UNWIND $cubes AS wanted
MATCH (:MemCube {id: wanted})<-[:DERIVED_FROM*0..]-(p:Activation|Parametric)
WHERE p.state IN ['generated', 'activated', 'archived']
WITH DISTINCT p, p:Parametric AND p.state <> 'archived' AS again
SET p.state = 'expired', p.updated_at = $now, p.valid_to = $now, p.evaluation = NULL // which quotes what was not taught
FOREACH (_ IN CASE WHEN again THEN [1] ELSE [] END |
  CREATE (:Job {
    id: randomUUID(), kind: 'distill', state: 'waiting', space: p.space, cube: p.id, memory_type: p.memory_type,
    payload: p.payload_uri, files: p.payload_files, created_at: $now, created_by: p.created_by
  })
)
WITH p
//> include fragments/queued
RETURN p.id AS withdrawn
