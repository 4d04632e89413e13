// grant: let another principal act in a space, until a time if one is given; replaces what it was granted before; the owner's stays.
// mode: write
// params: space STRING, grantee STRING, actions LIST<STRING>, expires_at DATETIME?, principal STRING, now DATETIME
// returns: grantee STRING, actions LIST<STRING>
MATCH (s:Space {id: $space})
WHERE s.owner <> $grantee
MERGE (p:Principal {id: $grantee})
ON CREATE SET p.kind = 'user', p.created_at = $now
MERGE (p)-[g:GRANTED]->(s)
SET g.actions = $actions, g.expires_at = $expires_at, g.by = $principal, g.at = $now
RETURN p.id AS grantee, g.actions AS actions
