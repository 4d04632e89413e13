// delegate: a mandate: an agent may act for a user, with what both of them may do and no more.
// mode: write
// params: mandate STRING, agent STRING, user STRING, purpose STRING?, actions LIST<STRING>?, expires_at DATETIME?, now DATETIME
// returns: mandate STRING
// touches: nothing
// governs: $mandate, $agent, $user
MERGE (m:Principal {id: $mandate})
ON CREATE SET m:Mandate, m.kind = 'mandate', m.created_at = $now
SET m.purpose = $purpose, m.actions = $actions, m.expires_at = $expires_at, m.at = $now
WITH m
UNWIND CASE WHEN $agent = $user THEN [$user] ELSE [$agent, $user] END AS party
MERGE (p:Principal {id: party})
ON CREATE SET p.kind = CASE WHEN party = $agent THEN 'agent' ELSE 'user' END, p.created_at = $now
MERGE (m)-[:COMBINES]->(p)
RETURN DISTINCT m.id AS mandate
