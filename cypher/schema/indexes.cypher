// indexes: every index with its state.
// mode: read
// params:
// returns: name STRING, kind STRING, state STRING, populated_percent FLOAT
SHOW INDEXES YIELD name, type, state, populationPercent
RETURN name, type AS kind, state, populationPercent AS populated_percent
