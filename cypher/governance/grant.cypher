// grant: let another principal or a role act in a space, on one of its memories or on a topic's; replaces what the same giver granted it there; the owner's stays.
// mode: write
// params: space STRING, cube STRING?, topic STRING?, grantee STRING, role_of STRING?, actions LIST<STRING>, purposes LIST<STRING>?, sees INTEGER?, expires_at DATETIME?, principal STRING, now DATETIME
// returns: grantee STRING, actions LIST<STRING>
// touches: $cube
// governs: $space, $grantee
MATCH (s:Space {id: $space})
WHERE s.owner <> $grantee
OPTIONAL MATCH (c:MemCube {id: $cube})
WHERE c.space = s.id AND c.state <> 'deleted'
OPTIONAL MATCH (t:Topic {space: s.id, name: $topic})
WITH s, CASE WHEN $cube IS NOT NULL THEN c WHEN $topic IS NOT NULL THEN t ELSE s END AS target
WHERE target IS NOT NULL
//> include fragments/grantee
MERGE (p)-[g:GRANTED {by: $principal}]->(target)
SET g.actions = $actions, g.purposes = $purposes, g.sees = $sees, g.expires_at = $expires_at, g.at = $now
RETURN p.id AS grantee, g.actions AS actions
