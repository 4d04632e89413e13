// revoke: take a principal's grant on a space away; the owner's stays.
// mode: write
// params: space STRING, grantee STRING
// returns: grantee STRING
MATCH (p:Principal {id: $grantee})-[g:GRANTED]->(s:Space {id: $space})
WHERE s.owner <> p.id
DELETE g
RETURN p.id AS grantee
