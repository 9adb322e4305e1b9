// Private to the reading of studies: the pool that a study asks for.
#pragma once

#include "models/study/reader.h"
#include "models/study/study.h"

namespace dms::models {

// The key `pool`. Leaves what other keys say (num_hosts, task_slots_per_node, vm_size) alone.
Status read_pool(const StudyReader& reader, const YamlNode& node, Study& study);
// The key `app_pkgs`.
Status read_app_packages(const StudyReader& reader, const YamlNode& node, Study& study);

// What only the whole study tells of its pool: slots against the size, hosts against max_nodes.
Status check_pool(const StudyReader& reader, const YamlNode& root, const Study& study);

}  // namespace dms::models
