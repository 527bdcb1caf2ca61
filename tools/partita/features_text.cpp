#include "tools/partita/features_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "models/base/csv.h"
#include "tools/partita/console.h"

namespace partita::command {
namespace {

using analyze::Feature;
using analyze::kFeatureCount;
using analyze::kFeatures;
using analyze::SampledAs;

std::string shape_text(const AnalyzedInput& input, std::string_view between = " x ") {
  return fmt::format("{}", fmt::join(input.shape, between));
}

// What a sample says of a feature beside its value.
std::string error_text(const AnalyzedInput& input, std::size_t feature) {
  switch (kFeatures[feature].sampled) {
    case SampledAs::Known: return "";
    case SampledAs::AtMost: return "at most";
    case SampledAs::AtLeast: return "at least";
    case SampledAs::Estimate: break;
  }
  const double error = input.analysis.errors[feature];
  return std::isnan(error) ? "unknown" : fmt::format("+- {:.3g}", error);
}

std::string number(const AnalyzedInput& input, Feature feature, std::string_view format) {
  const double value = input.analysis.features[feature];
  return std::isnan(value) ? "-" : fmt::format(fmt::runtime(format), value);
}

void print_one(const AnalyzedInput& input) {
  const bool sampled = input.analysis.sampled();
  fmt::print(
      "{}: {}, {} [{}]{}\n", input.file, to_string(input.kind), to_string(input.type),
      shape_text(input),
      sampled ? fmt::format(", from a sample of {}", percent(input.analysis.read_share)) : "");
  std::vector<std::string> header{"feature", "value", "unit"};
  if (sampled) header.emplace_back("95 % interval");
  Table table(header);
  for (std::size_t i = 0; i < kFeatureCount; ++i) {
    const auto feature = static_cast<Feature>(i);
    if (!input.analysis.features.has(feature)) continue;
    std::vector<std::string> row{std::string{kFeatures[i].name}, number(input, feature, "{:.6g}"),
                                 std::string{kFeatures[i].unit}};
    if (sampled) row.push_back(error_text(input, i));
    table.add(std::move(row));
  }
  table.print();
}

void print_rows(const std::vector<AnalyzedInput>& inputs) {
  Table table({"file", "kind", "elements", "shape", "mean", "variance", "zeros", "entropy (bit)",
               "mean run", "NaN, inf"});
  for (const AnalyzedInput& input : inputs) {
    const bool tokens = input.kind == analyze::InputKind::Tokens;
    const auto& features = input.analysis.features;
    table.add({input.file, std::string{to_string(input.kind)}, std::string{to_string(input.type)},
               shape_text(input), number(input, Feature::Mean, "{:.4g}"),
               number(input, Feature::Variance, "{:.4g}"),
               tokens ? "-" : percent(features[Feature::ZeroShare]),
               number(input, tokens ? Feature::TokenEntropy : Feature::ValueEntropy, "{:.3f}"),
               number(input, Feature::MeanRun, "{:.3g}"),
               tokens ? "-"
                      : fmt::format("{:.0f}", features[Feature::NanCount] +
                                                  features[Feature::InfinityCount])});
  }
  table.print();
  fmt::print("{} inputs; all {} features of each: --csv FILE or --json\n", inputs.size(),
             kFeatureCount);
}

bool any_sampled(const std::vector<AnalyzedInput>& inputs) {
  return std::any_of(inputs.begin(), inputs.end(),
                     [](const AnalyzedInput& input) { return input.analysis.sampled(); });
}

// Enough digits to read the same number again; nothing where there is none.
std::string csv_number(double value) { return std::isnan(value) ? "" : fmt::format("{}", value); }

nlohmann::ordered_json json_number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

}  // namespace

void print_features(const std::vector<AnalyzedInput>& inputs) {
  if (inputs.size() == 1) {
    print_one(inputs.front());
  } else {
    print_rows(inputs);
  }
}

std::string features_csv(const std::vector<AnalyzedInput>& inputs) {
  const bool sampled = any_sampled(inputs);
  std::string text = sampled ? "file,kind,type,shape,read_share" : "file,kind,type,shape";
  for (const auto& feature : kFeatures) text += fmt::format(",{}", feature.name);
  for (const auto& feature : kFeatures) {
    if (sampled && feature.sampled == SampledAs::Estimate) {
      text += fmt::format(",{}_error", feature.name);
    }
  }
  text += '\n';
  for (const AnalyzedInput& input : inputs) {
    text += fmt::format("{},{},{},{}", csv_field(input.file), to_string(input.kind),
                        to_string(input.type), shape_text(input, "x"));
    if (sampled) text += fmt::format(",{}", input.analysis.read_share);
    for (const double value : input.analysis.features.values()) text += "," + csv_number(value);
    for (std::size_t i = 0; sampled && i < kFeatureCount; ++i) {
      if (kFeatures[i].sampled == SampledAs::Estimate) {
        text += "," + csv_number(input.analysis.errors[i]);
      }
    }
    text += '\n';
  }
  return text;
}

nlohmann::ordered_json features_json(const std::vector<AnalyzedInput>& inputs) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const AnalyzedInput& input : inputs) {
    nlohmann::ordered_json features, errors;
    for (std::size_t i = 0; i < kFeatureCount; ++i) {
      const std::string name{kFeatures[i].name};
      features[name] = json_number(input.analysis.features.values()[i]);
      switch (kFeatures[i].sampled) {
        case SampledAs::Known: break;
        case SampledAs::AtMost: errors[name] = "at_most"; break;
        case SampledAs::AtLeast: errors[name] = "at_least"; break;
        case SampledAs::Estimate: errors[name] = json_number(input.analysis.errors[i]); break;
      }
    }
    nlohmann::ordered_json row{{"file", input.file},
                               {"kind", to_string(input.kind)},
                               {"type", to_string(input.type)},
                               {"shape", input.shape},
                               {"read_share", input.analysis.read_share},
                               {"features", features}};
    if (input.analysis.sampled()) row["errors"] = errors;
    list.push_back(std::move(row));
  }
  return {{"feature_set", analyze::kFeatureSet}, {"inputs", list}};
}

}  // namespace partita::command
