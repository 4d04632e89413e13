// if_withdrawn: what would be touched if a source were withdrawn: its memories, all that was made of them in any form, and who was shown one of them.
// mode: read
// params: space STRING, source STRING
// returns: path PATH
MATCH path = (:Source {space: $space, id: $source})<-[:PART_OF*0..2]-(:Source)<-[:FROM]-(:MemCube)<-[:DERIVED_FROM*0..]-(:MemCube)
RETURN path LIMIT 300
UNION
MATCH (:Source {space: $space, id: $source})<-[:PART_OF*0..2]-(:Source)<-[:FROM]-(c:MemCube)
MATCH path = (c)<-[:ON]-(e:AuditEvent)-[:BY]->(:Principal)
WHERE e.action IN ['search', 'read', 'list', 'history', 'lineage', 'diff', 'duplicates', 'review', 'export', 'dump', 'externalize', 'foresee', 'chat']
RETURN path LIMIT 300
