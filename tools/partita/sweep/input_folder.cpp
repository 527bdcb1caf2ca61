#include "tools/partita/sweep/input_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <system_error>

#include "models/base/diagnostics.h"
#include "models/base/document.h"
#include "models/base/file.h"
#include "tools/partita/results/hash.h"
#include "tools/partita/sweep/owner.h"

namespace partita::command {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHash = Hash::kDigits;
constexpr const char* kPrefix = "partita-inputs-";
constexpr const char* kOwner = "owner";  // a file in it

std::string hash_of_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  Hash hash;
  std::array<char, 1 << 16> block{};
  while (in.read(block.data(), block.size()), in.gcount() > 0) {
    hash.add({block.data(), static_cast<std::size_t>(in.gcount())});
  }
  if (!in.eof()) {
    throw ConfigError({file.string(), 0, 0},
                      fmt::format("cannot be read: {}", std::strerror(errno)));
  }
  return hash.digits();
}

bool is_file(const fs::path& path) {
  std::error_code failed;
  return fs::is_regular_file(path, failed);
}

fs::path real(const fs::path& path) {
  std::error_code failed;
  fs::path result = fs::weakly_canonical(path, failed);
  return failed ? fs::absolute(path).lexically_normal() : result;
}

void add_named(const Node& node, const fs::path& folder, std::vector<fs::path>& named) {
  constexpr std::size_t kLongest = 1000;
  if (node.kind == Node::Kind::Scalar && node.text.size() < kLongest &&
      node.text.find_first_of("./") != std::string::npos && is_file(folder / node.text)) {
    named.push_back(real(folder / node.text));
  }
  for (const Node& item : node.items) add_named(item, folder, named);
  for (const Node::Member& member : node.members) add_named(member.value, folder, named);
}

// Files that an ONNX file keeps values in lie beside it; their names stand in it.
void add_external(const fs::path& file, std::vector<fs::path>& named) {
  std::error_code failed;
  if (fs::file_size(file, failed) > InputFolder::kMostCopied || failed) return;
  const std::string bytes = read_file(file);
  for (const fs::directory_entry& beside : fs::directory_iterator(file.parent_path(), failed)) {
    const std::string name = beside.path().filename().string();
    if (beside.path() != file && beside.is_regular_file(failed) &&
        bytes.find(name) != std::string::npos) {
      named.push_back(real(beside.path()));
    }
  }
}

std::vector<fs::path> named_by(const fs::path& file) {
  std::vector<fs::path> named;
  const std::string ending = file.extension().string();
  if (ending == ".onnx") add_external(file, named);
  if (ending == ".yaml" || ending == ".yml") {
    try {
      add_named(Document::parse_file(file).root(), file.parent_path(), named);
    } catch (const ConfigError&) {  // whoever wants to read it says what is wrong
    }
  }
  return named;
}

// The file and all that it leads to, itself first.
std::vector<fs::path> with_all_named(const fs::path& file) {
  std::vector<fs::path> all{file};
  std::set<fs::path> seen{file};
  for (std::size_t next = 0; next < all.size(); ++next) {
    for (const fs::path& named : named_by(all[next])) {
      if (seen.insert(named).second) all.push_back(named);
    }
  }
  std::sort(all.begin() + 1, all.end());
  return all;
}

fs::path common_folder(const std::vector<fs::path>& files) {
  fs::path common = files.front().parent_path();
  for (const fs::path& file : files) {
    const auto [ours, theirs] =
        std::mismatch(common.begin(), common.end(), file.begin(), file.end());
    fs::path shared;
    for (auto part = common.begin(); part != ours; ++part) shared /= *part;
    common = shared;
  }
  return common;
}

void place(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::create_directories(to.parent_path(), failed);
  if (fs::exists(to, failed)) return;
  failed.clear();
  if (fs::file_size(from, failed) > InputFolder::kMostCopied && !failed) {
    fs::create_hard_link(from, to, failed);
    if (!failed) return;
  }
  failed.clear();
  fs::copy_file(from, to, failed);
  if (failed) {
    throw Error(
        fmt::format("cannot copy '{}' to '{}': {}", from.string(), to.string(), failed.message()));
  }
}

std::string shown(const fs::path& path) {
  std::error_code failed;
  const fs::path here = fs::proximate(path, failed);
  return failed || here.empty() || *here.begin() == ".." ? path.string() : here.string();
}

// Folders of processes that were killed.
void remove_left_behind() {
  std::error_code failed;
  for (const fs::directory_entry& each :
       fs::directory_iterator(fs::temp_directory_path(failed), failed)) {
    if (!each.path().filename().string().starts_with(kPrefix)) continue;
    std::ifstream in(each.path() / kOwner);
    std::string owner;
    if (std::getline(in, owner) && is_gone(owner)) fs::remove_all(each.path(), failed);
  }
}

bool is_hash(std::string_view text) {
  return text.size() == kHash && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

std::string with_folder(const std::string& argument, const std::string& files) {
  std::string result = argument;
  for (auto at = result.find('@'); at != std::string::npos; at = result.find('@', at + 1)) {
    if (result.size() <= at + kHash + 1 || result[at + kHash + 1] != '/') continue;
    if (!is_hash(std::string_view(result).substr(at + 1, kHash))) continue;
    result.replace(at, 1, files + "/");
    at += files.size();
  }
  return result;
}

std::string without_folders(std::string text, const std::string& files) {
  if (files.empty()) return text;
  const std::string prefix = files + "/";
  for (auto found = text.find(prefix); found != std::string::npos;
       found = text.find(prefix, found)) {
    text.erase(found, prefix.size() + kHash + 1);
  }
  return text;
}

InputFolder::InputFolder() {
  remove_left_behind();
  const std::string pattern =
      (temporary_folder() / fmt::format("{}{}-XXXXXX", kPrefix, getpid())).string();
  std::vector<char> name(pattern.begin(), pattern.end());
  name.push_back('\0');
  if (mkdtemp(name.data()) == nullptr) {
    throw Error(fmt::format("cannot make a folder '{}': {}", pattern, std::strerror(errno)));
  }
  path_ = name.data();
  write_file(path_ / kOwner, this_owner());
}

InputFolder::~InputFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

const InputFile* InputFolder::named(const std::string& reference) const {
  if (!reference.starts_with('@')) return nullptr;
  for (const auto& [path, file] : files_) {
    if (file.reference == reference) return &file;
  }
  return nullptr;
}

const InputFile& InputFolder::add(const fs::path& file) {
  const auto known = files_.find(file.string());
  if (known != files_.end()) return known->second;
  const std::vector<fs::path> all = with_all_named(real(file));
  const fs::path root = common_folder(all);
  InputFile input{file, shown(file), {}, {}};
  std::string contents;
  for (const fs::path& each : all) {
    const std::string name = each.lexically_relative(root).generic_string();
    input.files.push_back({"", name, hash_of_file(each)});
    contents += fmt::format("{} {}\n", input.files.back().sha256, name);
  }
  const std::string folder = all.size() == 1 ? input.files.front().sha256 : sha256(contents);
  for (std::size_t i = 0; i < all.size(); ++i) {
    input.files[i].folder = folder;
    place(all[i], path_ / folder / input.files[i].name);
  }
  input.reference = fmt::format("@{}/{}", folder, input.files.front().name);
  return files_.emplace(file.string(), std::move(input)).first->second;
}

}  // namespace partita::command
