// answer_lineage: what an answer rests on: who asked, the acts of that request, the memories they returned, and where those came from.
// mode: read
// params: request STRING
// returns: path PATH
MATCH path = (:Principal)<-[:BY]-(:AuditEvent {request_id: $request})
RETURN path
UNION
MATCH path = (:AuditEvent {request_id: $request})-[:ON]->(:MemCube)-[:DERIVED_FROM*0..]->(whole:MemCube)-[:FROM]->(:Source)
RETURN path LIMIT 300
