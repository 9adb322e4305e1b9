// The tables of sizes and images: nothing twice, and nothing that the service does not offer.
#include <gmock/gmock.h>

#include <set>

#include "pools/images.h"
#include "pools/vm_sizes.h"
#include "service/supported_images.h"

namespace dms::pools {
namespace {

TEST(VmSizes, are_there_once_each_in_the_form_that_Batch_echoes) {
  std::set<std::string_view> seen;
  for (const VmSize& size : vm_sizes()) {
    EXPECT_TRUE(seen.insert(size.name).second) << size.name;
    EXPECT_TRUE(size.name.starts_with("standard_")) << size.name;
    EXPECT_EQ(find_vm_size(size.name)->cores, size.cores);
    EXPECT_GT(size.cores, 0) << size.name;
    EXPECT_GT(size.memory_gib, 0) << size.name;
  }
}

TEST(VmSizes, are_found_in_any_case_and_without_their_prefix) {
  EXPECT_EQ(find_vm_size("Standard_HC44rs")->cores, 44);
  EXPECT_EQ(find_vm_size("f32s_v2")->cores, 32);
  EXPECT_FALSE(find_vm_size("standard_hb120rs_v4"));  // there is none
}

TEST(VmSizes, say_how_many_task_slots_a_node_may_have) {
  EXPECT_EQ(most_task_slots("standard_f2s_v2"), 8);
  EXPECT_EQ(most_task_slots("standard_hb120rs_v3"), 256);
  EXPECT_EQ(most_task_slots("standard_x1_v99"), 256);
}

TEST(Images, have_the_node_agent_that_the_service_lists_for_them) {
  for (const Image& image : images())
    for (const auto& [key, offered] : service::supported_images()) {
      const auto& reference = offered.image_reference;
      if (reference.publisher == image.publisher && reference.offer == image.offer &&
          reference.sku == image.sku) {
        EXPECT_EQ(offered.node_agent_sku_id, image.node_agent_sku_id) << image.name;
      }
    }
  EXPECT_TRUE(find_image(default_image));
  EXPECT_FALSE(find_image("centos-7"));
  EXPECT_TRUE(is_windows(find_image("windows-2019-core")->node_agent_sku_id));
}

}  // namespace
}  // namespace dms::pools
