#include "service/core/secrets.h"

namespace dms::service {

static void hide_secrets(batch::MountConfiguration& mount) {
  if (auto& blobs = mount.azure_blob_file_system_configuration) {
    blobs->account_key.reset();
    blobs->sas_key.reset();
  }
  if (auto& cifs = mount.cifs_mount_configuration) cifs->password.clear();
  if (auto& share = mount.azure_file_share_configuration) share->account_key.clear();
}

void hide_secrets(batch::Pool& wire) {
  for (auto& user : wire.user_accounts) {
    user.password.reset();
    if (user.linux_user_configuration) user.linux_user_configuration->ssh_private_key.reset();
  }
  for (auto& mount : wire.mount_configuration) hide_secrets(mount);
  if (wire.virtual_machine_configuration &&
      wire.virtual_machine_configuration->container_configuration)
    for (auto& registry :
         wire.virtual_machine_configuration->container_configuration->container_registries)
      registry.password.reset();
}

void hide_secrets(batch::PoolInfo& wire) {
  if (wire.auto_pool_specification && wire.auto_pool_specification->pool)
    hide_secrets(*wire.auto_pool_specification->pool);
}

}  // namespace dms::service
