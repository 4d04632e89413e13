// said_by: which memories say these facts, those in service first.
// mode: read
// params: cubes LIST<STRING>
// returns: id STRING
MATCH (f:MemCube)-[:DERIVED_FROM {transform: 'extracted'}]->(whole:MemCube)
WHERE f.id IN $cubes AND whole.state <> 'deleted'
WITH DISTINCT whole
RETURN whole.id AS id
ORDER BY NOT whole.live, id
