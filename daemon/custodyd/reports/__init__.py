"""What the rounds produce: daily patrol 日巡查, weekly analysis 周研判, monthly evaluation 月考评, quarter ranking."""
