// The tables of a results file. Whoever reads one asks its views: one for each sweep, with the sweep's
// name (of several with one name: the latest), has number, repetition, status, its axes, and results
// by name.
#pragma once

namespace partita::command {

constexpr int kSchemaVersion = 1;         // PRAGMA user_version
constexpr int kApplication = 0x50525453;  // PRAGMA application_id: "PRTS"

// places has one more column for each axis of any sweep, points one for each result: named as in the
// sweep file and in the verb's line of JSON. Columns have no declared type: values stay as they came,
// whoever came first. `columns` says what they hold.
constexpr const char* kSchema = R"(
CREATE TABLE sweeps(
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, question TEXT, verb TEXT NOT NULL, text TEXT, description TEXT,
  hash TEXT NOT NULL UNIQUE, points INTEGER NOT NULL, created TEXT, version TEXT);
CREATE TABLE ids(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE places(
  sweep INTEGER NOT NULL, number INTEGER NOT NULL, repetition INTEGER NOT NULL, point INTEGER NOT NULL,
  PRIMARY KEY(sweep, number)) WITHOUT ROWID;
CREATE TABLE points(
  number INTEGER PRIMARY KEY, id TEXT NOT NULL, verb TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, seed INTEGER,
  seconds REAL, started TEXT, attempts INTEGER, host INTEGER, version TEXT, build TEXT);
CREATE TABLE provenance(point INTEGER PRIMARY KEY, command TEXT, configuration TEXT);
CREATE TABLE columns(
  role TEXT NOT NULL, verb TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, unit TEXT NOT NULL,
  PRIMARY KEY(role, verb, name)) WITHOUT ROWID;
CREATE TABLE hosts(id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, name TEXT, description TEXT);
CREATE TABLE files(sha256 TEXT PRIMARY KEY, size INTEGER NOT NULL, bytes BLOB);
CREATE TABLE inputs(
  folder TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, path TEXT, PRIMARY KEY(folder, name)) WITHOUT ROWID;
CREATE TABLE point_files(
  point INTEGER NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY(point, role, name)) WITHOUT ROWID;
CREATE TABLE claims(point INTEGER PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL);
CREATE INDEX claims_of ON claims(owner);
)";

}  // namespace partita::command
