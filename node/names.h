// What may stand in an archive as a name or as the target of a link. Pure functions on strings; an
// archive that keeps these rules cannot write outside the directory it is unpacked into.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dms::node {

// The parts of a path between slashes, without empty ones and ".".
std::vector<std::string> path_parts(std::string_view path);

std::string join_parts(const std::vector<std::string>& parts);

// The name with "." and doubled or closing slashes removed ("./a//b/" is "a/b", "./" is "").
// Nothing for an absolute name and for one with "..".
std::optional<std::string> clean_name(std::string_view name);

// Where the link `name` with this target leads, as a clean name below the same root ("" is the root
// itself). Nothing for a target that is empty or absolute, that climbs above the root, or that has
// ".." after a name: what ".." means there depends on other links.
std::optional<std::string> link_target_inside(std::string_view name, std::string_view target);

// The first proper parent of `name` for which `holds(parent)`; empty when there is none.
template <class Holds>
std::string_view parent_that(std::string_view name, Holds holds) {
  for (auto slash = name.find('/'); slash != std::string_view::npos;
       slash = name.find('/', slash + 1)) {
    if (holds(name.substr(0, slash))) return name.substr(0, slash);
  }
  return {};
}

}  // namespace dms::node
