#include "models/network/onnx/zoo.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

#include "models/network/onnx/import.h"
#include "models/network/onnx/zoo_blocks.h"

namespace partita {
namespace {

struct Parameter {
  std::string name, description;
  // A number from `least` to `most`, or one of `words`.
  std::int64_t least = 1, most = 1, number = 1;
  std::vector<std::string> words;  // the first is the default
  std::string default_text;        // of a number that follows from others when it is 0
};

using Write = std::function<void(Blocks&, const ZooArguments&)>;

// Numbers that follow from others, and checks of how they fit together: a message where they do
// not.
using Complete = std::function<std::optional<std::string>(ZooArguments&)>;

struct Recipe {
  std::string name, description;
  std::vector<Parameter> parameters;
  Write write;
  Complete complete;
};

Parameter number(std::string name, std::int64_t default_value, std::int64_t least,
                 std::int64_t most, std::string description) {
  return {std::move(name), std::move(description), least, most, default_value, {}, ""};
}

Parameter derived(std::string name, std::string default_text, std::int64_t most,
                  std::string description) {
  return {std::move(name), std::move(description), 1, most, 0, {}, std::move(default_text)};
}

Parameter word(std::string name, std::vector<std::string> words, std::string description) {
  return {std::move(name), std::move(description), 0, 0, 0, std::move(words), ""};
}

constexpr std::int64_t kMost = 1 << 20;
constexpr std::int64_t kLargestMask = 1 << 26;  // elements; its values are held

std::vector<Parameter> common(std::vector<Parameter> own) {
  own.insert(own.begin(), number("batch", 1, 1, 65536, "inputs at once"));
  own.push_back(word("type", {"f32", "f16", "bf16"}, "of weights and activations"));
  return own;
}

Recipe cnn(std::string name, std::string description, Write write, std::int64_t least_size,
           std::vector<Parameter> more = {}) {
  more.insert(more.begin(),
              number("size", 224, least_size, 8192, "height and width of the images"));
  return {std::move(name), std::move(description), common(std::move(more)), std::move(write), {}};
}

std::optional<std::string> complete_heads(ZooArguments& arguments) {
  const std::int64_t hidden = arguments.number("hidden");
  if (arguments.number("heads") == 0) {
    arguments.set("heads", std::max<std::int64_t>(1, hidden / 64));
  }
  const std::int64_t heads = arguments.number("heads");
  if (hidden % heads == 0) return std::nullopt;
  return fmt::format("hidden={} cannot be shared among heads={}", hidden, heads);
}

std::optional<std::string> complete_gpt(ZooArguments& arguments) {
  const bool decodes = arguments.word("mode") == "decode";
  if (arguments.number("tokens") == 0) arguments.set("tokens", decodes ? 1 : 128);
  const std::int64_t tokens = arguments.number("tokens");
  const std::int64_t seen = tokens + (decodes ? arguments.number("past") : 0);
  if (tokens > 1 && tokens * seen > kLargestMask) {
    return fmt::format("tokens={} that look at {} tokens need a mask that is too large", tokens,
                       seen);
  }
  if (const auto problem = complete_heads(arguments)) return problem;
  const std::int64_t ranks = arguments.number("tensor_parallel");
  if (arguments.number("heads") % ranks != 0) {
    return fmt::format("heads={} cannot be shared among tensor_parallel={}",
                       arguments.number("heads"), ranks);
  }
  if (arguments.number("vocabulary") >= ranks) return std::nullopt;
  return fmt::format("vocabulary={} cannot be shared among tensor_parallel={}",
                     arguments.number("vocabulary"), ranks);
}

std::optional<std::string> complete_moe(ZooArguments& arguments) {
  const std::int64_t tokens = arguments.batch() * arguments.number("tokens");
  const std::int64_t experts = arguments.number("experts"), k = arguments.number("k");
  if (k > experts) return fmt::format("k={} is more than experts={}", k, experts);
  if (arguments.number("ffn") == 0) arguments.set("ffn", 4 * arguments.number("hidden"));
  if (arguments.number("capacity") == 0) {
    arguments.set("capacity", (tokens * k + experts - 1) / experts);
  }
  if (arguments.number("capacity") <= tokens) return std::nullopt;
  return fmt::format("capacity={} is more than the {} tokens that there are",
                     arguments.number("capacity"), tokens);
}

std::optional<std::string> complete_unet(ZooArguments& arguments) {
  const std::int64_t size = arguments.number("size");
  if (size % 16 == 0) return std::nullopt;
  return fmt::format("size={} is no multiple of 16 (it is halved four times)", size);
}

template <class Function>
Write with_depth(Function write, int depth) {
  return [write, depth](Blocks& blocks, const ZooArguments& arguments) {
    write(blocks, arguments, depth);
  };
}

std::vector<Recipe> recipes() {
  std::vector<Recipe> all;
  for (const int depth : {18, 34, 50, 101, 152}) {
    all.push_back(cnn(fmt::format("resnet{}", depth), "residual network (He and others, 2016)",
                      with_depth(write_resnet, depth), 32));
  }
  for (const int depth : {11, 13, 16, 19}) {
    Recipe vgg = cnn(fmt::format("vgg{}", depth), "plain deep network (Simonyan, Zisserman, 2015)",
                     with_depth(write_vgg, depth), 32);
    all.push_back(std::move(vgg));
  }
  all.push_back(cnn("alexnet", "Krizhevsky, 2014", write_alexnet, 63));
  all.push_back(cnn("squeezenet", "Iandola and others, 2016", write_squeezenet, 32,
                    {word("version", {"1.0", "1.1"}, "of the authors")}));
  all.push_back(cnn("mobilenet_v2", "depthwise convolutions (Sandler and others, 2018)",
                    write_mobilenet_v2, 32));
  all.push_back(cnn("inception_v1",
                    "GoogLeNet: four branches in each module (Szegedy and others, "
                    "2015)",
                    write_inception_v1, 47));
  all.push_back({"unet", "segmentation with skip connections (Ronneberger and others, 2015)",
                 common({number("size", 256, 16, 8192, "height and width of the images"),
                         number("width", 64, 1, 1024, "channels of the first level"),
                         number("classes", 2, 1, 10000, "channels of the result")}),
                 write_unet, complete_unet});
  all.push_back({"bert", "encoder (Devlin and others, 2019); BERT-base by default",
                 common({number("layers", 12, 1, 1000, "encoder layers"),
                         number("hidden", 768, 1, 65536, "width"),
                         derived("heads", "hidden / 64", 1024, "attention heads"),
                         number("tokens", 128, 1, 32768, "in each sequence"),
                         number("vocabulary", 30522, 1, 10'000'000, "words")}),
                 write_bert, complete_heads});
  all.push_back(
      {"gpt", "decoder (Radford and others, 2019); GPT-2 by default",
       common({number("layers", 12, 1, 1000, "decoder layers"),
               number("hidden", 768, 1, 65536, "width"),
               derived("heads", "hidden / 64", 1024, "attention heads"),
               word("mode", {"prefill", "decode"}, "read a prompt, or go on from a cache"),
               derived("tokens", "128 in prefill, 1 in decode", 8192, "new ones"),
               number("past", 128, 1, kMost, "tokens in the cache (decode)"),
               number("vocabulary", 50257, 1, 10'000'000, "words"),
               number("tensor_parallel", 1, 1, 1024, "ranks that share each layer")}),
       write_gpt, complete_gpt});
  all.push_back(
      {"lstm",
       "language model (Zaremba and others, 2014); their medium one by default",
       common({number("layers", 2, 1, 100, "recurrent layers"),
               number("hidden", 650, 1, 65536, "width"), number("tokens", 35, 1, 65536, "steps"),
               number("vocabulary", 10000, 1, 10'000'000, "words"),
               word("direction", {"forward", "bidirectional"}, "of each layer")}),
       write_lstm,
       {}});
  all.push_back({"moe", "mixture-of-experts block (Shazeer and others, 2017)",
                 common({number("tokens", 512, 1, 65536, "in each sequence"),
                         number("hidden", 512, 1, 65536, "width"),
                         derived("ffn", "4 * hidden", kMost, "width inside of an expert"),
                         number("experts", 8, 1, 1024, "how many"),
                         number("k", 2, 1, 1024, "experts of a token"),
                         derived("capacity", "tokens * k / experts", kMost, "tokens of an expert"),
                         word("routing", {"top_k", "expert_choice"}, "who chooses")}),
                 write_moe, complete_moe});
  return all;
}

std::string allowed(const Parameter& parameter) {
  if (!parameter.words.empty()) return fmt::format("{}", fmt::join(parameter.words, ", "));
  return fmt::format("{} to {}", parameter.least, parameter.most);
}

std::string default_of(const Parameter& parameter) {
  if (!parameter.words.empty()) return parameter.words.front();
  return parameter.default_text.empty() ? fmt::to_string(parameter.number) : parameter.default_text;
}

std::string hint(const std::string& written, const std::vector<std::string>& known) {
  const std::string guess = closest(written, known);
  return guess.empty() ? "" : fmt::format(": did you mean '{}'?", guess);
}

std::vector<std::string> split(const std::string& text, const std::string& separators) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find_first_of(separators, start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

// Reads one "key=value" into `arguments`.
void set_argument(const Recipe& recipe, const std::string& text, const SourceLoc& where,
                  ZooArguments& arguments, std::vector<std::string>& given,
                  Diagnostics& diagnostics) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    diagnostics.error(where, fmt::format("'{}' is no parameter: write name=value", text));
    return;
  }
  const std::string name = text.substr(0, equals), value = text.substr(equals + 1);
  std::vector<std::string> known;
  for (const Parameter& each : recipe.parameters) known.push_back(each.name);
  const auto found = std::find(known.begin(), known.end(), name);
  if (found == known.end()) {
    diagnostics.error(where, fmt::format("{} has no parameter '{}'{} (known: {})", recipe.name,
                                         name, hint(name, known), fmt::join(known, ", ")));
    return;
  }
  if (std::find(given.begin(), given.end(), name) != given.end()) {
    diagnostics.error(where, fmt::format("{} is given twice", name));
    return;
  }
  given.push_back(name);
  const Parameter& parameter = recipe.parameters[static_cast<std::size_t>(found - known.begin())];
  if (!parameter.words.empty()) {
    if (std::find(parameter.words.begin(), parameter.words.end(), value) != parameter.words.end()) {
      arguments.set(name, value);
      return;
    }
  } else {
    std::int64_t parsed = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (error == std::errc{} && end == value.data() + value.size() && !value.empty() &&
        parsed >= parameter.least && parsed <= parameter.most) {
      arguments.set(name, parsed);
      return;
    }
  }
  diagnostics.error(
      where, fmt::format("{} cannot be '{}' (allowed: {})", name, value, allowed(parameter)));
}

struct Order {
  Recipe recipe;
  ZooArguments arguments;
};

Order parsed(const std::string& spec) {
  const SourceLoc where{spec, 0, 0};
  constexpr std::string_view kPrefix = "zoo:";
  const std::string text = spec.rfind(kPrefix, 0) == 0 ? spec.substr(kPrefix.size()) : spec;
  const std::size_t question = text.find('?');
  const std::string name = text.substr(0, question);

  const std::vector<Recipe> all = recipes();
  std::vector<std::string> known;
  for (const Recipe& recipe : all) known.push_back(recipe.name);
  const auto found = std::find(known.begin(), known.end(), name);
  if (found == known.end()) {
    throw ConfigError(where, fmt::format("the zoo has no network '{}'{} (known: {})", name,
                                         hint(name, known), fmt::join(known, ", ")));
  }
  Order order{all[static_cast<std::size_t>(found - known.begin())], {}};
  for (const Parameter& parameter : order.recipe.parameters) {
    if (parameter.words.empty()) {
      order.arguments.set(parameter.name, parameter.number);
    } else {
      order.arguments.set(parameter.name, parameter.words.front());
    }
  }
  Diagnostics diagnostics;
  std::vector<std::string> given;
  if (question != std::string::npos && question + 1 < text.size()) {
    for (const std::string& part : split(text.substr(question + 1), "&,")) {
      set_argument(order.recipe, part, where, order.arguments, given, diagnostics);
    }
  }
  diagnostics.throw_if_any();
  if (order.recipe.complete) {
    if (const auto problem = order.recipe.complete(order.arguments)) {
      throw ConfigError(where, *problem);
    }
  }
  return order;
}

}  // namespace

std::vector<ZooEntry> zoo_entries() {
  std::vector<ZooEntry> entries;
  for (const Recipe& recipe : recipes()) {
    ZooEntry entry{recipe.name, recipe.description, {}};
    for (const Parameter& parameter : recipe.parameters) {
      entry.parameters.push_back(
          {parameter.name, default_of(parameter), allowed(parameter), parameter.description});
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

onnx::ModelProto zoo_model(const std::string& spec) {
  const Order order = parsed(spec);
  GraphWriter writer(order.recipe.name);
  Blocks blocks(writer, order.arguments.type());
  order.recipe.write(blocks, order.arguments);
  return writer.model();
}

Network zoo_network(const std::string& spec) {
  const onnx::ModelProto model = zoo_model(spec);
  std::vector<std::string> warnings;
  return import_onnx(model, model.graph().name(), {spec, 0, 0}, {}, {}, warnings);
}

}  // namespace partita
