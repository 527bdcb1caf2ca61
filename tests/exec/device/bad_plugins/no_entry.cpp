// A shared object that is no plugin.
extern "C" __attribute__((visibility("default"))) int partita_no_plugin() { return 0; }
