#include "models/study/pool_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/suggest.h"
#include "models/study/keys.h"
#include "pools/images.h"
#include "pools/vm_sizes.h"

namespace dms::models {
namespace {

using Kind = YamlNode::Kind;

Status read_recipe(const StudyReader& reader, const std::string& what, const YamlNode& node,
                   pools::Recipe& recipe) {
  DMS_TRY(const std::string word, reader.text(what, node));
  const auto kind = parse_word<pools::Kind>(word);
  if (!kind)
    return reader.error(
        node.mark, fmt::format("pool.recipe is fixed, autoscale, spot or mpi, not '{}'", word));
  recipe.kind = *kind;
  return ok();
}

Status read_max_nodes(const StudyReader& reader, const std::string& what, const YamlNode& node,
                      pools::Recipe& recipe) {
  return reader.integer(what, node, {1, 10'000}, recipe.max_nodes);
}

Status read_named_image(const StudyReader& reader, const std::string& what, const YamlNode& node,
                        pools::Recipe& recipe) {
  DMS_TRY(const std::string name, reader.text(what, node));
  const auto image = pools::find_image(name);
  if (!image) {
    std::vector<std::string_view> names;
    for (const pools::Image& known : pools::images()) names.push_back(known.name);
    return reader.error(
        node.mark,
        fmt::format("pool.image '{}' is not known{}; known are {}; any other is a map of "
                    "publisher, offer, sku and node_agent_sku_id",
                    name, did_you_mean(name, names), fmt::join(names, ", ")));
  }
  recipe.machine = pools::machine_of(*image);
  return ok();
}

using Machine = batch::VirtualMachineConfiguration;

template <std::optional<std::string> batch::ImageReference::*member>
Status read_image_part(const StudyReader& reader, const std::string&, const YamlNode& node,
                       Machine& machine) {
  DMS_TRY(machine.image_reference.*member, reader.text("a part of pool.image", node));
  return ok();
}

Status read_agent(const StudyReader& reader, const std::string&, const YamlNode& node,
                  Machine& machine) {
  DMS_TRY(machine.node_agent_sku_id, reader.text("pool.image.node_agent_sku_id", node));
  return ok();
}

Status read_image(const StudyReader& reader, const std::string& what, const YamlNode& node,
                  pools::Recipe& recipe) {
  using batch::ImageReference;
  static constexpr std::array<StudyKey<Machine>, 6> parts{{
      {"publisher", read_image_part<&ImageReference::publisher>},
      {"offer", read_image_part<&ImageReference::offer>},
      {"sku", read_image_part<&ImageReference::sku>},
      {"version", read_image_part<&ImageReference::version>},
      {"id", read_image_part<&ImageReference::virtual_machine_image_id>},
      {"node_agent_sku_id", read_agent},
  }};
  if (node.kind != Kind::map) return read_named_image(reader, what, node, recipe);
  Machine machine;
  DMS_CHECK(read_keys(reader, what, node, parts, machine));
  ImageReference& image = machine.image_reference;
  const bool by_id = image.virtual_machine_image_id.has_value();
  const bool by_name = image.publisher && image.offer && image.sku;
  if (by_id == by_name || machine.node_agent_sku_id.empty())
    return reader.error(node.mark,
                        "pool.image needs node_agent_sku_id and either publisher, offer and sku, "
                        "or the id of an image of your own");
  if (by_name && !image.version) image.version = "latest";
  recipe.machine = std::move(machine);
  return ok();
}

Status read_start_task(const StudyReader& reader, const std::string& what, const YamlNode& node,
                       pools::Recipe& recipe) {
  DMS_TRY(recipe.start_command, reader.text(what, node));
  return ok();
}

Status read_when_done(const StudyReader& reader, const std::string& what, const YamlNode& node,
                      pools::Recipe& recipe) {
  DMS_TRY(const std::string text, reader.text(what, node));
  auto policy = pools::parse_when_done(text);
  if (!policy) return reader.error(node.mark, "pool.when_done: " + policy.error().message);
  recipe.when_done = *policy;
  return ok();
}

Status read_package_name(const StudyReader& reader, const std::string&, const YamlNode& node,
                         AppPackage& package) {
  return reader.id("app_pkgs: the name", node, package.name);
}

Status read_package_version(const StudyReader& reader, const std::string&, const YamlNode& node,
                            AppPackage& package) {
  DMS_TRY(package.version, reader.text("app_pkgs: the version", node));
  return ok();
}

Status read_package_path(const StudyReader& reader, const std::string&, const YamlNode& node,
                         AppPackage& package) {
  DMS_TRY(package.path, reader.text("app_pkgs: the path", node));
  return ok();
}

Result<AppPackage> read_package(const StudyReader& reader, const YamlNode& node) {
  static constexpr std::array<StudyKey<AppPackage>, 3> parts{{
      {"name", read_package_name},
      {"version", read_package_version},
      {"path", read_package_path},
  }};
  AppPackage package;
  if (node.kind != Kind::map) {
    DMS_CHECK(read_package_name(reader, "app_pkgs", node, package));
    return package;
  }
  DMS_CHECK(read_keys(reader, "app_pkgs", node, parts, package));
  if (package.name.empty()) return reader.error(node.mark, "app_pkgs: a package has no name");
  return package;
}

}  // namespace

Status read_pool(const StudyReader& reader, const YamlNode& node, Study& study) {
  static constexpr std::array<StudyKey<pools::Recipe>, 5> parts{{
      {"recipe", read_recipe},
      {"max_nodes", read_max_nodes},
      {"image", read_image},
      {"start_task", read_start_task},
      {"when_done", read_when_done},
  }};
  if (node.kind != Kind::map)
    return reader.error(node.mark, fmt::format("pool is a map of recipe, max_nodes, image, "
                                               "start_task and when_done, not {}; an existing pool "
                                               "is named by pool_name",
                                               describe(node)));
  return read_keys(reader, "pool", node, parts, study.pool);
}

Status read_app_packages(const StudyReader& reader, const YamlNode& node, Study& study) {
  if (node.kind != Kind::list)
    return reader.error(node.mark,
                        fmt::format("app_pkgs is a list of packages, not {}", describe(node)));
  for (const YamlNode& item : node.items) {
    DMS_TRY(AppPackage package, read_package(reader, item));
    const bool twice = std::any_of(
        study.app_packages.begin(), study.app_packages.end(), [&](const AppPackage& other) {
          return other.name == package.name && other.version == package.version;
        });
    if (twice) return reader.error(item.mark, fmt::format("app_pkgs names {} twice", package.name));
    study.app_packages.push_back(std::move(package));
  }
  return ok();
}

Status check_pool(const StudyReader& reader, const YamlNode& root, const Study& study) {
  const YamlNode* pool = reader.find(root, "pool");
  const bool elastic =
      study.pool.kind == pools::Kind::autoscale || study.pool.kind == pools::Kind::spot;
  if (const YamlNode* most = pool ? reader.find(*pool, "max_nodes") : nullptr; most && !elastic)
    return reader.error(most->mark,
                        "pool.max_nodes goes with the recipes autoscale and spot; the "
                        "size of others is num_hosts");
  const Mark mark = pool ? pool->mark : Mark{1, 1};
  if (const auto made = pools::make_pool(study.pool_name, recipe_of(study), study.job_name); !made)
    return reader.error(mark, made.error().message);
  return ok();
}

pools::Recipe recipe_of(const Study& study) {
  pools::Recipe recipe = study.pool;
  if (study.mpi) recipe.kind = pools::Kind::mpi;  // check_mpi has refused others than fixed
  recipe.nodes = study.num_hosts;
  recipe.task_slots_per_node = study.task_slots_per_node;
  recipe.vm_size = study.vm_size;
  if (recipe.machine.node_agent_sku_id.empty())
    recipe.machine = pools::machine_of(*pools::find_image(pools::default_image));
  return recipe;
}

}  // namespace dms::models
