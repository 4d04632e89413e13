// who_read_what: the latest acts of a space that showed memories to somebody.
// mode: read
// params: space STRING
// returns: path PATH
MATCH (e:AuditEvent {space: $space})
WHERE e.action IN ['search', 'read', 'list', 'history', 'lineage', 'diff', 'duplicates', 'review', 'export', 'dump', 'externalize', 'foresee', 'chat']
WITH e ORDER BY e.seq DESC LIMIT 25
MATCH path = (:Principal)<-[:BY]-(e)-[:ON]->(:MemCube)
RETURN path LIMIT 300
