#include "blob/transfer_target.h"

namespace dms::blob {

TransferJob removal(AzureBlob& blobs, const std::string& container, const RemoteEntry& entry) {
  return {.step = {TransferStep::What::remove, entry.name, entry.size_bytes}, .carry_out = [&] {
            auto removed = blobs.delete_blob(container, entry.blob);
            return !removed && removed.error().code == Code::not_found ? ok() : std::move(removed);
          }};
}

Status TransferTarget::look() {
  auto there = list_place(blobs_, place_, options_.names);
  if (!there) return make_container(std::move(there).error());
  there_ = *std::move(there);
  return ok();
}

Status TransferTarget::look_at_blob(const std::string& name) {
  auto there = blobs_.get_blob_properties(place_.container, place_.prefix);
  if (there)
    there_.emplace(name, entry_of(name, *std::move(there)));
  else if (there.error().service_code == "ContainerNotFound")
    return make_container(std::move(there).error());
  else if (there.error().code != Code::not_found)
    return std::move(there).error();
  return ok();
}

Status TransferTarget::make_container(Error error) {
  if (error.service_code != "ContainerNotFound") return error;
  if (options_.run == TransferOptions::Run::dry) return ok();
  DMS_CHECK(blobs_.create_container(place_.container));
  return ok();
}

const RemoteEntry* TransferTarget::find(const std::string& name) const {
  const auto found = there_.find(name);
  return found == there_.end() ? nullptr : &found->second;
}

std::vector<TransferJob> TransferTarget::removals(
    const std::function<bool(const std::string&)>& keeps) const {
  std::vector<TransferJob> jobs;
  for (const auto& [name, entry] : there_)
    if (!keeps(name)) jobs.push_back(removal(blobs_, place_.container, entry));
  return jobs;
}

}  // namespace dms::blob
