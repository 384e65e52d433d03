enum TradingDeskRoom {}
