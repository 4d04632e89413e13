// exports: how often these memories left the store in an export or a bundle, by whom and when, so that those files can be found and erased.
// mode: read
// params: cubes LIST<STRING>
// returns: at STRING, principal STRING, request_id STRING, cubes INTEGER
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})<-[:ON]-(e:AuditEvent)
WHERE e.action IN ['export', 'dump']
RETURN toString(e.at) AS at, e.principal AS principal, e.request_id AS request_id, count(DISTINCT c) AS cubes
ORDER BY at
