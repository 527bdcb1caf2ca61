#include "tests/tools/results/fixture.h"

#include <fstream>
#include <sstream>

namespace partita::command::test {

void add_sweep(ResultStore& store, const std::string& name, const std::vector<FakePoint>& points,
               const std::string& verb, const std::string& description) {
  SweepHeader header;
  header.name = name;
  header.question = "what, if not this?";
  header.verb = verb;
  header.description = description;
  header.hash = name;
  header.version = "1";
  header.places = points.size();
  header.axes = {{"bandwidth", "B/s"}, {"method", ""}};
  for (const FakePoint& point : points) header.hash += " " + point.id;
  const auto sweep = store.add(header, [&](std::size_t i) {
    return Place{i, 0, points[i].id, points[i].axes};
  });
  const auto places = store.places(sweep.sweep);
  std::vector<PointRecord> records;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].status.empty()) continue;
    PointRecord record;
    record.point = places[i].point;
    record.verb = verb;
    record.status = points[i].status;
    if (record.status == "failed") record.reason = "broken";
    record.command = "partita " + verb + " # " + points[i].id;
    record.configuration = "{}";
    record.seconds = 0.5;
    record.host = R"({"name": "here"})";
    record.version = "1";
    record.results = points[i].results;
    records.push_back(record);
  }
  store.record(records, "me");
  store.make_view(sweep.sweep);
}

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace partita::command::test
