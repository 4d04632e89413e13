// acts_for_user: all an agent did under a user's mandate, whatever the purpose, and on which memories.
// mode: read
// params: agent STRING, user STRING
// returns: path PATH
MATCH (:Principal {id: $agent})<-[:COMBINES]-(m:Mandate)-[:COMBINES]->(:Principal {id: $user})
WHERE $agent <> $user
MATCH path = (m)<-[:BY]-(e:AuditEvent)
OPTIONAL MATCH touched = (e)-[:ON]->(:MemCube)
WITH e, path, touched
ORDER BY e.at DESC LIMIT 300
UNWIND [path, touched] AS each
WITH each WHERE each IS NOT NULL
RETURN DISTINCT each AS path
