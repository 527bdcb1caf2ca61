// A vendor's library that may be there or not.
#pragma once

#include <dlfcn.h>

#include <initializer_list>
#include <memory>

namespace partita::exec::cuda {

// Found by its soname at run time, so that the plugin loads without it. Functions have the types
// that the headers beside this one declare.
class VendorLibrary {
 public:
  // The first that can be loaded.
  explicit VendorLibrary(std::initializer_list<const char*> sonames) {
    for (const char* soname : sonames) {
      // They leave things to be done when a thread or the process ends.
      library_.reset(dlopen(soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE));
      if (library_) return;
    }
  }
  explicit operator bool() const { return library_ != nullptr; }

  // Whether the library has it.
  template <class Function>
  bool find(const char* name, Function& function) const {
    function = reinterpret_cast<Function>(dlsym(library_.get(), name));
    return function != nullptr;
  }

 private:
  struct Close {
    void operator()(void* library) const { dlclose(library); }
  };
  std::unique_ptr<void, Close> library_;
};

}  // namespace partita::exec::cuda
