// who_saw_cube: everybody who was shown a memory, by which act and when; the link says in which version.
// mode: read
// params: cube STRING
// returns: path PATH
MATCH path = (:Principal)<-[:BY]-(e:AuditEvent)-[:ON]->(:MemCube {id: $cube})
WHERE e.action IN ['search', 'read', 'list', 'history', 'lineage', 'diff', 'duplicates', 'review', 'export', 'dump', 'externalize', 'foresee', 'chat']
RETURN path
ORDER BY e.seq DESC LIMIT 300
