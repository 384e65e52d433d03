#include "CTradingDeskCrypt.h"
