// unlearned: which of the memories that a payload `p` was made of it does not hold: taught to an adapter, and not taken.
// needs: p
COLLECT { MATCH (p)-[d:DERIVED_FROM]->(c:MemCube) WHERE NOT coalesce(d.learned, true) RETURN c.id } AS unlearned
