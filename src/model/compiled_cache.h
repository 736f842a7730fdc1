// Compiled models kept on disk between runs.
//
//   CompiledCache cache(directory);                       // "": keeps nothing
//   ov::CompiledModel model = cache.Compile(core, graph, properties, key, is_intact);
//
// A key names everything the compiled form depends on; another key is another file. A file appears whole
// (written beside its name, then renamed) and carries a checksum, so that processes may start together and a
// damaged file is only a slower start. A folder that cannot be written is as good as none. Threads: any
// number of objects and processes on one folder. Disk: the kKept files used last.
#pragma once

#include <functional>
#include <openvino/runtime/core.hpp>
#include <optional>
#include <string>

namespace fruits {

class CompiledCache {
 public:
  static constexpr int kKept = 8;

  explicit CompiledCache(std::string directory) : directory_(std::move(directory)) {}
  // From the folder where it is there and whole, else compiled for the CPU and kept. Throws what OpenVINO
  // throws.
  ov::CompiledModel Compile(ov::Core& core, const std::shared_ptr<ov::Model>& model,
                            const ov::AnyMap& properties, const std::string& key,
                            const std::function<bool()>& is_intact) const;
  // Without a graph: empty where the folder has no whole file of that key. Never throws.
  std::optional<ov::CompiledModel> Load(ov::Core& core, const ov::AnyMap& properties,
                                        const std::string& key) const;

 private:
  void Store(ov::CompiledModel& compiled, const std::string& key) const;
  void RemoveOldFiles() const;

  std::string directory_;
};

}  // namespace fruits
