// What is known of a DRM device without opening it: drmGetDevices2(3) and sysfs.
#pragma once

#include <xf86drm.h>

#include <string>
#include <vector>

namespace gemrig {

struct DrmNode {
  std::string renderNode;   // empty when the driver has none
  std::string primaryNode;  // empty when the driver has none
  const char* bus = "unknown";
  std::string busName;
  std::vector<std::string> compatible;
};

// Fills `nodes`, sorted by name. 0, or a positive errno. No DRM device at all is 0 and no nodes.
int listDrmNodes(std::vector<DrmNode>& nodes);

}  // namespace gemrig
