#include "models/job_file/templates.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "core/file.h"
#include "core/suggest.h"
#include "models/job_file/shipped_templates.h"
#include "models/study/reader.h"
#include "pools/vm_sizes.h"

namespace dms::models {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view defaults_file = "default_config.yml";

std::optional<std::string_view> shipped(std::string_view path) {
  for (const ShippedFile& file : shipped_templates())
    if (file.path == path) return file.text;
  return std::nullopt;
}

// Of a folder's defaults: `extends`, and the rest as variables.
Result<std::string> take_defaults(const SourcePtr& source, std::vector<Variable>& defaults) {
  const StudyReader reader(source->name);
  DMS_TRY(YamlNode root, parse_yaml(source->name, source->text));
  if (root.kind != YamlNode::Kind::map)
    return reader.error(root.mark, "the defaults of a template are a map of keys");
  std::string extended;
  for (YamlEntry& entry : root.entries) {
    if (entry.key == "extends") {
      DMS_TRY(extended, reader.text("extends", entry.value));
    } else {
      defaults.push_back({entry.key, std::move(entry.value), source});
    }
  }
  return extended;
}

}  // namespace

std::optional<SourceText> TemplateShelf::read(std::string_view path) const {
  if (!own_.empty()) {
    const std::string file = (own_ / path).string();
    if (auto text = read_file(file)) return SourceText{file, std::move(*text)};
  }
  if (const auto text = shipped(path))
    return SourceText{fmt::format("template {}", path), std::string(*text)};
  return std::nullopt;
}

std::vector<std::string> TemplateShelf::names() const {
  std::set<std::string> found;
  const std::string end = "/" + std::string(defaults_file);
  for (const ShippedFile& file : shipped_templates())
    if (file.path.ends_with(end)) found.emplace(file.path.substr(0, file.path.size() - end.size()));
  std::error_code error;
  for (fs::directory_iterator entry(own_, error); !error && entry != fs::directory_iterator();
       entry.increment(error))
    if (fs::exists(entry->path() / defaults_file)) found.insert(entry->path().filename().string());
  return {found.begin(), found.end()};
}

Result<Template> TemplateShelf::open(std::string_view name) const {
  Template opened{.name = std::string(name)};
  std::string folder(name);
  while (!folder.empty()) {
    if (std::find(opened.folders.begin(), opened.folders.end(), folder) != opened.folders.end())
      return fail(Code::invalid_argument,
                  fmt::format("the template {} extends itself: {} → {}", name,
                              fmt::join(opened.folders, " → "), folder));
    const auto text = read(fmt::format("{}/{}", folder, defaults_file));
    if (!text) {
      const std::vector<std::string> known = names();
      const std::string hint = did_you_mean(folder, std::span<const std::string>(known));
      return fail(
          Code::not_found,
          fmt::format("there is no template '{}'{}; looked for {} and in the templates of this "
                      "program: {}",
                      folder, hint,
                      own_.empty() ? "no folder of yours (--template-dir)"
                                   : (own_ / folder / defaults_file).string(),
                      fmt::join(known, ", ")));
    }
    opened.folders.push_back(folder);
    DMS_TRY(folder, take_defaults(std::make_shared<SourceText>(*text), opened.defaults));
  }
  return opened;
}

std::optional<SourceText> TemplateShelf::file(const Template& of, std::string_view name) const {
  for (const std::string& folder : of.folders)
    if (auto found = read(fmt::format("{}/{}", folder, name))) return found;
  return std::nullopt;
}

// Of a size that the table does not have, the number behind the letters of its family.
std::optional<int> cores_of(std::string_view vm_size) {
  if (const auto size = pools::find_vm_size(vm_size)) return size->cores;
  const std::size_t family = vm_size.find('_') + 1;
  const std::size_t digits = vm_size.find_first_of("0123456789", family);
  if (family == 0 || digits == vm_size.npos || digits == family ||
      vm_size.substr(family, digits - family).find('_') != vm_size.npos)
    return std::nullopt;
  int cores = 0;
  const auto [end, error] =
      std::from_chars(vm_size.data() + digits, vm_size.data() + vm_size.size(), cores);
  if (error != std::errc{} || cores < 1) return std::nullopt;
  return cores;
}

}  // namespace dms::models
